-- C4: where the ledger of a box ends. Written by wall.chain_ledger() alone; read by those who check the whole of it.
grant select on ledger_end to holdfast_web;
grant select, insert, update (number, hash) on ledger_end to holdfast_wall;

create policy read on ledger_end for select to holdfast_web using (box_id in (select wall.my_boxes()));
create policy wall on ledger_end to holdfast_wall using (true) with check (true);
