"""Test people: their specimen documents, how they are photographed, and whose photographs they are."""
