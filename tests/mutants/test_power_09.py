from tests.mutants.power import PowerOn


class TestAssignment9(PowerOn):
    assignment = "09_training"
