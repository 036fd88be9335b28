-- The whole of an e-mail whose words were shortened: for whoever decides about what it became. It goes with the message.
grant select on mail_text to holdfast_web;
grant select, insert on mail_text to holdfast_worker;

create policy decide on mail_text for select to holdfast_web using (box_id in (select wall.my_run_boxes()));
create policy work on mail_text for select to holdfast_worker using ((select wall.door()) = 'mail');
create policy write on mail_text for insert to holdfast_worker with check ((select wall.door()) = 'mail');
