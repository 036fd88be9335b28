-- Who may write to a box without knocking, and who may not even knock: those who decide say so, the worker reads it.
grant select, insert, update (ended_at) on mail_sender to holdfast_web;
grant select on mail_sender to holdfast_worker;
grant select on mail_sender to holdfast_wall;

create policy read on mail_sender for select to holdfast_web using (box_id in (select wall.my_run_boxes()));
create policy make on mail_sender for insert to holdfast_web
    with check (box_id in (select wall.my_run_boxes())
                and (connection_id is null
                     or exists (select from connection c where c.id = connection_id and c.box_id = mail_sender.box_id)));
create policy change on mail_sender for update to holdfast_web using (box_id in (select wall.my_run_boxes()));
create policy work on mail_sender for select to holdfast_worker using ((select wall.door()) = 'mail');
create policy wall on mail_sender for select to holdfast_wall using (true);
