from tests.mutants.power import PowerOn


class TestAssignment3(PowerOn):
    assignment = "03_softmax"
