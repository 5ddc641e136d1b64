from tests.mutants.power import PowerOn


class TestAssignment2(PowerOn):
    assignment = "02_xor"
