"""An evaluation's summary as one page to read: `page.page`."""
