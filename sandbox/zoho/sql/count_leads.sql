-- The unconverted leads of a moment ago: those that are older, and those that were deleted since.
select (select count(*) from zoho.leads where created_time <= %(at)s and not converted)
    + (select count(*) from zoho.deleted where created_time <= %(at)s and deleted_time > %(at)s) as count;
