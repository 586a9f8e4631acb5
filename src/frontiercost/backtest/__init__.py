"""Published runs and steps against predictions that have not seen them.

Every row is predicted with its own developer (for runs) or its own software stack (for steps) held
out of everything that was fitted. The naive predictor to beat is the median of the row's pool, held
out in the same way.
"""
