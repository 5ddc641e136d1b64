from tests.mutants.power import PowerOn


class TestAssignment6(PowerOn):
    assignment = "06_automatic_differentiation"
