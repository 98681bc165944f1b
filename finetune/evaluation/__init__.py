"""What a model can do, measured: the sheet that the gate judges by."""
