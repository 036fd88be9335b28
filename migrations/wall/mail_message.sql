grant select, insert, update (state, decided_at, let_in_as) on mail_message to holdfast_web;
grant select, update, delete on mail_message to holdfast_worker;

create policy decide on mail_message for select to holdfast_web using (box_id in (select wall.my_run_boxes()));
-- A knock is let in (it waits to be opened), turned away, or allowed to knock again. What was delivered stays as it is.
create policy answer on mail_message for update to holdfast_web
    using (box_id in (select wall.my_run_boxes()) and state in ('knocking', 'turned_away'))
    with check (state in ('received', 'turned_away', 'knocking') and (state <> 'received' or let_in_as is not null)
                and (let_in_as is null
                     or exists (select from connection c where c.id = let_in_as and c.box_id = mail_message.box_id)));
create policy receive on mail_message for insert to holdfast_web
    with check (state = 'received' and let_in_as is null and address_id in (select wall.presented_address())
                and box_id in (select wall.addressed_boxes()));
create policy work on mail_message to holdfast_worker using ((select wall.door()) = 'mail');
