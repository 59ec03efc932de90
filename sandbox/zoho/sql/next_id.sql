select nextval('zoho.record_id');
