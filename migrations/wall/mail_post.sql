-- A post is taken in once, by whoever shows its print; which were is nobody's to read.
grant insert on mail_post to holdfast_web;
grant select, delete on mail_post to holdfast_worker;

create policy once on mail_post for insert to holdfast_web with check (print = (select wall.secret()));
create policy sweep on mail_post to holdfast_worker using (at < now() - interval '1 day');
