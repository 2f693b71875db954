"""Signs of forgery that an image can show: each a finding with a score, for a person to look at.

`raster` tells that a screen or a print was photographed, `colour` a copy without colour, `metadata` a file
that an image editor wrote, `fields` what stands on a document and cannot be, `font` characters of the zone
typed by somebody else, `edge` a portrait laid in by an editor. Thresholds are measured (docs/documents.md),
and what could not be told from genuine documents was left out.
"""
