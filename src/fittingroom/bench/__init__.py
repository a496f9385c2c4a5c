"""How long parsing takes, stage by stage, and how much memory: beside other systems, in the same run."""
