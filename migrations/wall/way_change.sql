-- What was changed of the ways in, and what was before. Written by wall.change_ways() alone, in the transaction that changes.
grant select on way_change to holdfast_web;
grant select, delete on way_change to holdfast_worker;
grant select, insert, update (taken_back_at) on way_change to holdfast_wall;

create policy mine on way_change for select to holdfast_web using (person_id = (select wall.me()));
-- The job that tells the old address.
create policy tell on way_change for select to holdfast_worker using ((select wall.door()) = 'sign_in');
create policy sweep_away on way_change for delete to holdfast_worker 
    using ((select wall.door()) = 'sign_in' and at < now() - interval '30 days');
create policy wall on way_change for select to holdfast_wall using (true);
create policy wall_makes on way_change for insert to holdfast_wall with check (true);
create policy wall_changes on way_change for update to holdfast_wall using (true);
