"""A run in words: on the screen, in a mail, as a page, for a ticket, for programs.

lines ← fold ← recap ← text      (what mails and logs say)
                    ← patches   (the patch state of a fleet)
                    ← plans     (what upgrades would do)
values ← diffs                  (what a result holds, how files were before and after)

document ← gather               (a run as one document: from its events)
         ← kept                 (from the ledger)
         ← figures ← page       (HTML)
"""
