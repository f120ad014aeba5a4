"""The sections of the page, one for each subject of a portrait."""
