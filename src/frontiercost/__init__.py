"""What does a frontier AI model cost, stage by stage, and who can afford it?"""

__version__ = "0.1.0"
