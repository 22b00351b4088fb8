"""A run in words: its summary as lines of styled text, for the screen and for notifiers alike.

lines ← fold ← recap ← document (text and HTML)
                    ← patches  (the patch state of a fleet)
                    ← plans    (what upgrades would do)
"""
