"""From a scenario and the catalogue to the inputs of a stage: every gap filled, and by whom."""
