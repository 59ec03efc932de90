delete from zoho.deleted where id = any(%(ids)s);
