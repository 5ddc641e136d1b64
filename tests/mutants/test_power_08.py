from tests.mutants.power import PowerOn


class TestAssignment8(PowerOn):
    assignment = "08_universality"
