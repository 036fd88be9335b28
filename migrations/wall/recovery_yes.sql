-- Who of the trusted people said yes: for the owner alone, so that none of them learns of another's.
grant select on recovery_yes to holdfast_web;
grant select, insert, update (at) on recovery_yes to holdfast_wall;

create policy mine on recovery_yes for select to holdfast_web using (box_id in (select wall.my_boxes()));
create policy wall on recovery_yes for select to holdfast_wall using (true);
create policy wall_makes on recovery_yes for insert to holdfast_wall with check (true);
create policy wall_changes on recovery_yes for update to holdfast_wall using (true);
