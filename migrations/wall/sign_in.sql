-- Proven by wall.prove() alone.
grant select, insert, update (last_seen_at, expires_at, ended_at) on sign_in to holdfast_web;
grant select, delete on sign_in to holdfast_worker;
grant select, update (ended_at, proven_at, proven_by) on sign_in to holdfast_wall;

create policy mine on sign_in for select to holdfast_web using (person_id = (select wall.me()));
create policy begin on sign_in for insert to holdfast_web
    with check (person_id = (select wall.me()) and proven_at is null and proven_by is null
                and not exists (select from person p where p.id = sign_in.person_id and p.locked_at is not null));
-- One's own goes at any time; another, by whoever proved who they are.
create policy change on sign_in for update to holdfast_web
    using (person_id = (select wall.me()) and (id = (select wall.sign_in()) or (select wall.proven())));
create policy presented on sign_in for select to holdfast_web using (token_print = (select wall.secret()));
create policy sweep on sign_in for select to holdfast_worker using (expires_at < now());
create policy sweep_away on sign_in for delete to holdfast_worker using (expires_at < now());
create policy wall on sign_in for select to holdfast_wall using (true);
create policy wall_changes on sign_in for update to holdfast_wall using (true);
create or replace trigger by_our_clock before insert on sign_in for each row execute function wall.by_our_clock();
create or replace trigger keep_twenty after insert on sign_in for each row execute function wall.keep_twenty();
