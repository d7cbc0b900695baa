"""The notebook's face: kernel, magics, session, template, view."""
