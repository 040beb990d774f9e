"""Small random models whose answers are known beforehand, and a judge of what the product says of them.

A model is made backwards: first a plan and its prices (or a Farkas vector, or a ray), then numbers for which they are right; or
it is small enough to be counted out. It is written in natural units, where every number is of order one, and then handed
over in other units of its rows, columns and objective. The judge looks at the answer in the natural units again.
"""
