"""How does a portrait look, to people who look at pictures?

- A picture is a specification of Vega-Lite, plain data, made from a part of a portrait.
- The page holds all pictures, the tables of their numbers and what draws them, in one file that asks for nothing else.
- Names are data everywhere: text, never markup; `dovetool.pictures.html` escapes whatever is not known to be markup.
"""
