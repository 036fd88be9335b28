-- Ended by wall.end_way(); for seven days it can be taken back, and then it goes.
grant select, insert, update (last_used_at) on external_way to holdfast_web;
grant select, delete on external_way to holdfast_worker;
grant select (id, person_id, created_at, ended_at), update (ended_at) on external_way to holdfast_wall;

create policy mine on external_way for select to holdfast_web using (person_id = (select wall.me()) and ended_at is null);
create policy add on external_way for insert to holdfast_web
    with check (person_id = (select wall.me()) and ended_at is null and (select wall.proven()));
create policy change on external_way for update to holdfast_web using (person_id = (select wall.me()) and ended_at is null);
-- Whoever a provider vouched for presents the print of issuer and subject, and finds the one row of that account.
create policy presented on external_way for select to holdfast_web
    using (identity_print = (select wall.secret()) and ended_at is null);
create policy sweep on external_way for select to holdfast_worker using (ended_at < now() - interval '8 days');
create policy sweep_away on external_way for delete to holdfast_worker using (ended_at < now() - interval '8 days');
create policy wall on external_way for select to holdfast_wall using (true);
create policy wall_changes on external_way for update to holdfast_wall using (true);
create or replace trigger by_our_clock before insert on external_way for each row execute function wall.by_our_clock();
