select watermark from leadsync.watermarks where source = 'zoho'
