copy zoho.leads (id, fields, email, converted, created_time, modified_time) from stdin;
