-- Made and ended by the functions of _ways.sql alone.
grant select, update (used_at) on recovery_code to holdfast_web;
grant select, delete on recovery_code to holdfast_worker;
grant select, insert, update (ended_at) on recovery_code to holdfast_wall;

create policy mine on recovery_code for select to holdfast_web using (person_id = (select wall.me()) and ended_at is null);
create policy presented on recovery_code for select to holdfast_web
    using (code_print = (select wall.secret()) and ended_at is null);
create policy use on recovery_code for update to holdfast_web
    using (code_print = (select wall.secret()) and ended_at is null);
create policy sweep on recovery_code for select to holdfast_worker using (ended_at < now() - interval '8 days');
create policy sweep_away on recovery_code for delete to holdfast_worker using (ended_at < now() - interval '8 days');
create policy wall on recovery_code for select to holdfast_wall using (true);
create policy wall_makes on recovery_code for insert to holdfast_wall with check (true);
create policy wall_changes on recovery_code for update to holdfast_wall using (true);
