delete from zoho.leads where id = any(%(ids)s);
