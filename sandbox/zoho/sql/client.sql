select client_secret from zoho.grants where client_id = %(client_id)s limit 1;
