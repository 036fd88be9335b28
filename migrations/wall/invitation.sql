grant select, insert, update (ended_at, may_add, ends_on) on invitation to holdfast_web;
grant select, delete on invitation to holdfast_worker;
grant select, update (accepted_at, accepted_by, ended_at, mailed_print, mailed_at) on invitation to holdfast_wall;

create policy decide on invitation for select to holdfast_web using (box_id in (select wall.my_run_boxes()));
create policy make on invitation for insert to holdfast_web
    with check (box_id in (select wall.my_run_boxes()) and invited_by = (select wall.me())
                and exists (select from connection c where c.id = connection_id and c.box_id = invitation.box_id));
-- Any one who decides may take it back, whoever made it.
create policy change on invitation for update to holdfast_web using (box_id in (select wall.my_run_boxes()));
-- Presenting the secret finds the one row it belongs to; accepting is wall.accept_invitation().
create policy presented on invitation for select to holdfast_web using (secret_print = (select wall.secret()));
-- The job that sends the link.
create policy send on invitation for select to holdfast_worker using ((select wall.door()) = 'sign_in' and ended_at is null);
create policy sweep on invitation for select to holdfast_worker using (expires_at < now() - interval '30 days');
create policy sweep_away on invitation for delete to holdfast_worker using (expires_at < now() - interval '30 days');
create policy wall on invitation for select to holdfast_wall using (true);
create policy wall_accepts on invitation for update to holdfast_wall using (true);
