from tests.mutants.power import PowerOn


class TestAssignment1(PowerOn):
    assignment = "01_logistic_regression"
