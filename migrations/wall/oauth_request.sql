-- Found by showing what the app holds, or what a person typed.
grant select, insert, update (grant_id, answered_at, polled_at, used_at) on oauth_request to holdfast_web;
grant select, delete on oauth_request to holdfast_worker;
grant select (grant_id, request_print) on oauth_request to holdfast_wall;

create policy presented on oauth_request for select to holdfast_web
    using (request_print = (select wall.secret()) or user_print = (select wall.secret()));
-- A code is for what was just let in; the others wait for a person.
create policy make on oauth_request for insert to holdfast_web
    with check (request_print = (select wall.secret()) and used_at is null and answered_at is null
                and ((kind = 'code') = (grant_id is not null))
                and (grant_id is null or exists (select from oauth_grant g where g.id = grant_id)));
create policy use on oauth_request for update to holdfast_web
    using (request_print = (select wall.secret()) or user_print = (select wall.secret()))
    with check (grant_id is null or grant_id in (select wall.presented_grant())
                or exists (select from oauth_grant g where g.id = grant_id));
-- A code is known for a day, so that a second use of it ends what came of it; a page that shows what was pushed may lie
-- open for an hour.
create policy sweep on oauth_request to holdfast_worker
    using (expires_at < now() - case when kind = 'code' then interval '1 day' else interval '1 hour' end);
create policy wall on oauth_request for select to holdfast_wall using (true);
