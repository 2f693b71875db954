"""Faces: found by dlib, described by the engine that is configured.

One finder for all engines (`finder`): which face counts, the quality of a selfie, copies of a portrait
and turns of the head are measured on its five points, and stay as measured whatever engine describes.
"""

from issuer.engines.faces.finder import Face, FaceFinder, engine_version, model_path

__all__ = ["Face", "FaceFinder", "engine_version", "model_path"]
