-- Ended by wall.end_way(); for seven days it can be taken back, and then it goes.
grant select, insert, update (sign_count, last_used_at, name) on passkey to holdfast_web;
grant select, delete on passkey to holdfast_worker;
grant select (id, person_id, created_at, ended_at), update (ended_at) on passkey to holdfast_wall;

create policy mine on passkey for select to holdfast_web using (person_id = (select wall.me()) and ended_at is null);
create policy add on passkey for insert to holdfast_web
    with check (person_id = (select wall.me()) and ended_at is null and (select wall.proven()));
create policy change on passkey for update to holdfast_web using (person_id = (select wall.me()) and ended_at is null);
-- Presenting a credential id finds the one row it belongs to.
create policy presented on passkey for select to holdfast_web
    using (credential_print = (select wall.secret()) and ended_at is null);
create policy sweep on passkey for select to holdfast_worker using (ended_at < now() - interval '8 days');
create policy sweep_away on passkey for delete to holdfast_worker using (ended_at < now() - interval '8 days');
create policy wall on passkey for select to holdfast_wall using (true);
create policy wall_changes on passkey for update to holdfast_wall using (true);
create or replace trigger by_our_clock before insert on passkey for each row execute function wall.by_our_clock();
