"""Drawings of a patient's facts: geometry reckoned here, shown by `templates/drawings/`, coloured by the
style sheet.

No module here reads the database or a clock; what is drawn comes in as small dataclasses.
"""
