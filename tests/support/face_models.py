"""Small ONNX models with the inputs and outputs of YuNet and SFace, that do what a test can foresee.

The detector takes for a face whatever has the colour of skin, and lays its five points where they are in
a face that fills the cell; the recogniser describes a face by its brightness in 8 by 8 fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from pathlib import Path

STRIDES = (8, 16, 32)
# Box: no offset from the cell's corner, e**1 cells in size; points: right eye, left eye, nose, mouth.
BOX = (0.5, 0.5, 1.0, 1.0)
POINTS = (0.0, 0.2, 1.0, 0.2, 0.5, 0.6, 0.1, 1.0, 0.9, 1.0)


class Graph:
    """Nodes one after the other; each call gives the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, kind: str, *inputs: str, to: str = "", **attributes: Any) -> str:
        output = to or f"{kind}-{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def constant(self, value: Any, kind: Any = np.float32) -> str:
        name = f"constant-{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.array(value, kind), name))
        return name

    def save(self, path: Path, shape: list[Any], outputs: dict[str, list[Any]]) -> Path:
        image = helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)
        out = [helper.make_tensor_value_info(name, TensorProto.FLOAT, size) for name, size in outputs.items()]
        graph = helper.make_graph(self.nodes, path.stem, [image], out, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, str(path))
        return path


def detector(path: Path) -> Path:
    """A file for `cv2.FaceDetectorYN`."""
    graph = Graph()
    # BGR: skin has more red than blue.
    weights = graph.constant(np.array([-1, 0, 1]).reshape(1, 3, 1, 1) / 60)
    skin = graph.add("Conv", "input", weights)
    low, high = graph.constant(0.0), graph.constant(1.0)
    outputs: dict[str, list[Any]] = {}
    for stride in STRIDES:
        pooled = graph.add("AveragePool", skin, kernel_shape=[stride, stride], strides=[stride, stride])
        share = graph.add("Clip", pooled, low, high)
        cells = graph.add("Reshape", share, graph.constant([1, -1, 1], np.int64))
        sure = graph.constant(1.0 if stride == STRIDES[-1] else 0.0)
        none = graph.add("Mul", cells, low)
        for name, value in (("cls", sure), ("obj", sure)):
            graph.add("Mul", cells, value, to=f"{name}_{stride}")
            outputs[f"{name}_{stride}"] = [1, f"n{stride}", 1]
        for name, numbers in (("bbox", BOX), ("kps", POINTS)):
            graph.add("Add", none, graph.constant(numbers), to=f"{name}_{stride}")
            outputs[f"{name}_{stride}"] = [1, f"n{stride}", len(numbers)]
    order = sorted(outputs, key=lambda name: ["cls", "obj", "bbox", "kps"].index(name.split("_")[0]))
    return graph.save(path, [1, 3, "height", "width"], {name: outputs[name] for name in order})


def recogniser(path: Path) -> Path:
    """A file for `cv2.FaceRecognizerSF`."""
    graph = Graph()
    grey = graph.add("Conv", "input", graph.constant(np.full((1, 3, 1, 1), 1 / 3)))
    fields = graph.add("AveragePool", grey, kernel_shape=[14, 14], strides=[14, 14])
    level = graph.add("ReduceMean", fields, axes=[1, 2, 3], keepdims=1)
    apart = graph.add("Sub", fields, level)
    graph.add("Reshape", apart, graph.constant([1, 64], np.int64), to="fc1")
    return graph.save(path, [1, 3, 112, 112], {"fc1": [1, 64]})
