"""Text with positions: values from YAML files that know where they were written."""
