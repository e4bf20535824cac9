"""Lead payloads: parsed, read as routing fields, attached to contacts, turned into attributes."""
