"""What `leadsync review` takes, for its help and for whoever gets it wrong."""

DECISIONS = """\
leadsync review RECORD same LEAD      it is this lead's
leadsync review RECORD separate       it is somebody else: a lead of its own
leadsync review RECORD ignore         leave it alone for good
leadsync review RECORD retry          look at it anew
leadsync review LEAD keep FIELD       a conflict: what the lead holds stays
leadsync review LEAD take FIELD       what the source says is taken
leadsync review LEAD clear FIELD      nobody's: it is emptied
leadsync review split LEAD RECORD     it was linked to this lead by mistake"""
