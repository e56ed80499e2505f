"""The nouns of the product: frozen, typed, and free of any import of ours.

Read them in the order of the flow: `bundle` (what was given), `record` (lines with a header),
`artifact` (what was understood), `rule` (what we look for), `finding` and `diagnosis` (what we say).
"""
