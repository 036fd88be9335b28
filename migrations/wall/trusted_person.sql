-- Chosen, answered and ended by wall.trust(), wall.answer_trust() and wall.end_trust() alone.
grant select on trusted_person to holdfast_web;
grant select, insert, update (answer, answered_at, ended_at) on trusted_person to holdfast_wall;

-- The owner alone, and no keeper: it is their own sign-in that is helped.
create policy chosen on trusted_person for select to holdfast_web using (box_id in (select wall.my_boxes()));
create policy asked on trusted_person for select to holdfast_web
    using (connection_id in (select wall.my_connections()) and ended_at is null);
create policy wall on trusted_person for select to holdfast_wall using (true);
create policy wall_makes on trusted_person for insert to holdfast_wall with check (true);
create policy wall_changes on trusted_person for update to holdfast_wall using (true);
