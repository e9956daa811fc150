package records

import "privd/market/fund"

var _ fund.Tx = (*Tx)(nil)

// FundMove implements fund.Tx.
func (tx *Tx) FundMove(id fund.MoveID) (fund.Move, error) { return fundMoves.get(tx, textKey(id)) }

// PutFundMove implements fund.Tx.
func (tx *Tx) PutFundMove(m fund.Move) error { return fundMoves.put(tx, m) }

// FundMoves implements fund.Tx.
func (tx *Tx) FundMoves(each func(fund.Move) bool) error { return fundMoves.by(tx, "age", nil, each) }
