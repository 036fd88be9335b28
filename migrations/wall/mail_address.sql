grant select, insert, update (revoked_at, sender) on mail_address to holdfast_web;
grant select on mail_address to holdfast_worker;
grant select on mail_address to holdfast_wall;

create policy read on mail_address for select to holdfast_web using (box_id in (select wall.my_run_boxes()));
create policy make on mail_address for insert to holdfast_web
    with check (box_id in (select wall.my_run_boxes())
                and exists (select from connection c where c.id = connection_id and c.box_id = mail_address.box_id));
create policy change on mail_address for update to holdfast_web using (box_id in (select wall.my_run_boxes()));
-- The mail door: presenting the address finds its row, while the one it was given to is welcome.
create policy presented on mail_address for select to holdfast_web using (id in (select wall.presented_address()));
create policy work on mail_address for select to holdfast_worker using ((select wall.door()) = 'mail');
create policy wall on mail_address for select to holdfast_wall using (true);
