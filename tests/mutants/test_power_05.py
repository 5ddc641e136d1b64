from tests.mutants.power import PowerOn


class TestAssignment5(PowerOn):
    assignment = "05_backpropagation"
