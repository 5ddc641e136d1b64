from tests.mutants.power import PowerOn


class TestAssignment4(PowerOn):
    assignment = "04_activations"
