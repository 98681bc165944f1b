"""What a run will take, told before the model is loaded: parameters, peak memory, time.

parameters.py counts on torch's meta device, from the configuration alone. shapes.py says which batches the run will
make. reduced.py builds models of the same widths with few layers and random weights; probe.py trains them for a few
steps with the very code of the method, in a process of its own; prediction.py draws the lines on to the real depth.
"""
