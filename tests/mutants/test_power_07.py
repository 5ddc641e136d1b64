from tests.mutants.power import PowerOn


class TestAssignment7(PowerOn):
    assignment = "07_vanishing_gradients"
