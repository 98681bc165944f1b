"""Layers of BERT (Devlin et al. 2019) as an ONNX graph in eight bits, computed by onnxruntime on one core.

Weights have a scale for each row, and states one for each text as it comes (dynamic quantisation). For a sentence this
is three times as fast as torch's own eight bits, nearer to full precision, and one call that leaves Python to others.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from assistant.guardrails.terms import Matrix

Tensors = Mapping[str, Matrix]
MOST = 63
"""The largest weight: processors without VNNI add two products in sixteen bits, which larger ones overflow."""
EPSILON = 1e-12
_OPSETS = {"": 18, "com.microsoft": 1}
_IR = 9
"""The version of the format that has these operators; older ones of onnxruntime read it as well."""


def session(tensors: Tensors, layers: Iterable[int], size: int, heads: int, first: bool) -> Any:
    """Build some layers, and get them ready to run.

    Args:
        tensors: the weights of the model by their names in transformers.
        layers: which, counted from 0.
        size: of a state, 384.
        heads: of the attention, 12.
        first: whether what comes in are embeddings that were added up and not yet scaled.

    Returns:
        An onnxruntime session that takes "states", (1, tokens, size), and gives them after the last layer, and their
        mean over all tokens.
    """
    import onnxruntime

    graph = _Graph(tensors, size, heads)
    states = graph.scaled("states", "embeddings.LayerNorm") if first else "states"
    for layer in layers:
        states = graph.layer(states, f"encoder.layer.{layer}")
    mean = graph.add("ReduceMean", states, graph.constant([1]), keepdims=0)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    model = graph.model(states, mean)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


class _Graph:
    """A graph that grows by one operator after the other; each returns the name of what it gives."""

    def __init__(self, tensors: Tensors, size: int, heads: int) -> None:
        self._tensors, self._size, self._heads = tensors, size, heads
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._count = 0

    def add(self, operator: str, *inputs: str, domain: str = "", **settings: Any) -> str:
        """Add an operator."""
        from onnx import helper

        name = self._name()
        self._nodes.append(helper.make_node(operator, list(inputs), [name], domain=domain, **settings))
        return name

    def constant(self, values: Any) -> str:
        """Add what does not change."""
        from onnx import numpy_helper

        name = self._name()
        self._constants.append(numpy_helper.from_array(np.asarray(values, order="C"), name))
        return name

    def model(self, *outputs: str) -> bytes:
        """Return the whole as a model that gives what was named."""
        from onnx import TensorProto, helper

        taken = helper.make_tensor_value_info("states", TensorProto.FLOAT, [1, "tokens", self._size])
        given = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
        graph = helper.make_graph(self._nodes, "layers", [taken], given, self._constants)
        opsets = [helper.make_opsetid(domain, version) for domain, version in _OPSETS.items()]
        model: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=_IR).SerializeToString()
        return model

    def layer(self, states: str, name: str) -> str:
        """Add one layer: attention, and the two linear maps after it."""
        mixed = self._linear(self._attended(states, f"{name}.attention.self"), f"{name}.attention.output.dense")
        states = self.scaled(self.add("Add", mixed, states), f"{name}.attention.output.LayerNorm")
        wide = self.add("Gelu", self._linear(states, f"{name}.intermediate.dense"), domain="com.microsoft")
        narrow = self._linear(wide, f"{name}.output.dense")
        return self.scaled(self.add("Add", narrow, states), f"{name}.output.LayerNorm")

    def scaled(self, states: str, name: str) -> str:
        """Add a layer norm."""
        about = (self.constant(self._tensors[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.add("LayerNormalization", states, *about, axis=-1, epsilon=EPSILON)

    def _attended(self, states: str, name: str) -> str:
        """Add the attention of all heads; queries, keys and values come out of one multiplication."""
        width = self._size // self._heads
        parts = self._linear(states, *(f"{name}.{part}" for part in ("query", "key", "value")))
        apart = self.add("Reshape", parts, self.constant([-1, 3, self._heads, width]))
        apart = self.add("Transpose", apart, perm=[1, 2, 0, 3])  # part, head, token, width
        query, key, value = (self.add("Gather", apart, self.constant(part), axis=0) for part in range(3))
        likeness = self.add("MatMul", query, self.add("Transpose", key, perm=[0, 2, 1]))
        scaled = self.add("Mul", likeness, self.constant(np.float32(width**-0.5)))
        mixed = self.add("MatMul", self.add("Softmax", scaled, axis=-1), value)
        together = self.add("Transpose", mixed, perm=[1, 0, 2])
        return self.add("Reshape", together, self.constant([1, -1, self._size]))

    def _linear(self, states: str, *names: str) -> str:
        """Add linear maps of the same states, side by side, in eight bits."""
        rows = np.concatenate([self._tensors[f"{name}.weight"] for name in names])
        bias = np.concatenate([self._tensors[f"{name}.bias"] for name in names])
        scales = np.maximum(np.abs(rows).max(axis=1), 1e-9).astype(np.float32) / MOST
        weights = np.rint(rows / scales[:, None]).astype(np.int8).T
        zeros = np.zeros(len(scales), dtype=np.int8)
        constants = (self.constant(values) for values in (weights, scales, zeros, bias))
        return self.add("DynamicQuantizeMatMul", states, *constants, domain="com.microsoft")

    def _name(self) -> str:
        self._count += 1
        return f"value{self._count}"
